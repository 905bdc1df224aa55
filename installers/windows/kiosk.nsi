; The kiosk and board. Silently: medlane-kiosk_…_x64-setup.exe /S /SERVER=https://clinic.example. ..\README.md
; tells how to make it the only program on its screen.

!define NAME "Medlane Kiosk"
!define FOLDER "Medlane Kiosk"
!define KEY "MedlaneKiosk"

!macro EachProgram do
  !insertmacro ${do} "medlane-kiosk.exe"
!macroend

; No menu entry: nobody starts it by hand.
!macro AddToMenu
!macroend
!macro TakeFromMenu
!macroend

!include setup.nsh
